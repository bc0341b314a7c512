import { computed, signal } from '@preact/signals';
import { models } from '../live/live-store.js';

/** The parameters of a request, as they are typed; empty: the server's default. */
export interface Form {
  mode: 'chat' | 'completion';
  model: string;
  system: string;
  temperature: string;
  top_p: string;
  max_tokens: string;
  seed: string;
  stop: string;
  probabilities: boolean;
  /** A JSON schema that the answer must follow. */
  schema: string;
}

const DEFAULTS: Form = {
  mode: 'chat',
  model: '',
  system: '',
  temperature: '0.7',
  top_p: '',
  max_tokens: '256',
  seed: '',
  stop: '',
  probabilities: true,
  schema: '',
};

export const form = signal<Form>(DEFAULTS);
/** The draft: typed and not sent. */
export const draft = signal('');

/** Models that continue texts. Without a live stream the server's own list names them. */
export const listedModels = signal<readonly string[]>([]);
export const generators = computed(() => {
  const generating = models.value.filter(({ task }) => task === null || task === 'generate').map(({ id }) => id);
  return generating.length > 0 ? generating : listedModels.value;
});

/** The form with a model: the one that was chosen while there is one, else the first. */
export const currentForm = computed((): Form => {
  const names = generators.value;
  const { model } = form.value;
  return names.includes(model) || names.length === 0 ? form.value : { ...form.value, model: names[0] };
});

export function change(values: Partial<Form>): void {
  form.value = { ...form.value, ...values };
}
