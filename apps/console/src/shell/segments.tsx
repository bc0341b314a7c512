interface SegmentsProps<Option extends string> {
  /** What is chosen, for screen readers. */
  label: string;
  /** Name of the radio group, unlike that of any other on the page. */
  name: string;
  options: readonly Option[];
  value: Option;
  onChange: (option: Option) => void;
}

/** A choice of one of a few options, all of which are shown. */
export function Segments<Option extends string>({ label, name, options, value, onChange }: SegmentsProps<Option>) {
  return (
    <fieldset class="segments">
      <legend class="visually-hidden">{label}</legend>
      {options.map((option) => (
        <label key={option} class="segment">
          <input type="radio" name={name} checked={option === value} onChange={() => onChange(option)} />
          <span>{option}</span>
        </label>
      ))}
    </fieldset>
  );
}
