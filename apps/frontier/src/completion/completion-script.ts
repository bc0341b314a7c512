/** A command as completion sees it. */
export interface CompletedCommand {
  name: string;
  description: string;
  /** Long options. */
  options: readonly { flag: string; description: string }[];
  commands: readonly CompletedCommand[];
}

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** A script that completes these commands in a shell: names first, then options; else files. */
export function completionScript(shell: Shell, commands: readonly CompletedCommand[]): string {
  if (shell === 'fish') return fishScript(commands);
  return shell === 'bash' ? bashScript(commands) : zshScript(commands);
}

/** Words that can follow these ones; bash and zsh share the form of the cases. */
function cases(commands: readonly CompletedCommand[]): string {
  const lines = commands.flatMap(({ name, options, commands: inner }) => [
    ...inner.map((each) => `    "${name} ${each.name}"*) words="${flags(each.options)}" ;;`),
    `    "${name}"*) words="${[...inner.map((each) => each.name), flags(options)].join(' ')}" ;;`,
  ]);
  return [...lines, `    *) words="${[...commands.map(({ name }) => name), '--help --version'].join(' ')}" ;;`].join(
    '\n',
  );
}

function flags(options: CompletedCommand['options']): string {
  return options.map(({ flag }) => flag).join(' ');
}

function bashScript(commands: readonly CompletedCommand[]): string {
  return `# source <(frontier completion bash)
_frontier() {
  local words typed="\${COMP_WORDS[*]:1:COMP_CWORD-1}" current="\${COMP_WORDS[COMP_CWORD]}"
  case "$typed" in
${cases(commands)}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _frontier frontier
`;
}

function zshScript(commands: readonly CompletedCommand[]): string {
  return `#compdef frontier
# source <(frontier completion zsh)
_frontier() {
  local typed="\${(j: :)words[2,CURRENT-1]}"
  local words_line
  () {
  local words
  case "$typed" in
${cases(commands)}
  esac
  words_line="$words"
  }
  compadd -- \${(z)words_line} || _files
}
compdef _frontier frontier
`;
}

function fishScript(commands: readonly CompletedCommand[]): string {
  const quoted = (text: string): string => `'${text.replace(/['\\]/g, String.raw`\$&`)}'`;
  const lines = ['# frontier completion fish > ~/.config/fish/completions/frontier.fish'];
  for (const { name, description, options, commands: inner } of commands) {
    lines.push(`complete -c frontier -n __fish_use_subcommand -a ${name} -d ${quoted(description)}`);
    for (const { flag, description: text } of options) {
      lines.push(
        `complete -c frontier -n '__fish_seen_subcommand_from ${name}' -l ${flag.slice(2)} -d ${quoted(text)}`,
      );
    }
    for (const each of inner) {
      lines.push(
        `complete -c frontier -n '__fish_seen_subcommand_from ${name}' -a ${each.name} -d ${quoted(each.description)}`,
        ...each.options.map(
          ({ flag, description: text }) =>
            `complete -c frontier -n '__fish_seen_subcommand_from ${name}; and __fish_seen_subcommand_from ${each.name}' -l ${flag.slice(2)} -d ${quoted(text)}`,
        ),
      );
    }
  }
  return `${lines.join('\n')}\n`;
}
