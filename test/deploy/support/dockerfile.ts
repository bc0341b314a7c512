import { DockerfileParser, type From, type Instruction } from 'dockerfile-ast';

/** A stage: `FROM from AS name`, and what follows. */
export interface Stage {
  from: string;
  instructions: Instruction[];
}

export interface Dockerfile {
  /** Its arguments before the first stage, with their defaults. */
  globals: string[];
  stages: Map<string, Stage>;
  /** The name of the last stage, which is the image. */
  last: string;
}

/** The stages of a Dockerfile. */
export function readDockerfile(text: string): Dockerfile {
  const globals: string[] = [];
  const stages = new Map<string, Stage>();
  let current: Stage | undefined;
  let last = '';
  for (const instruction of DockerfileParser.parse(text).getInstructions()) {
    if (instruction.getKeyword() === 'FROM') {
      const from = instruction as From;
      last = from.getBuildStage() ?? 'last';
      current = { from: from.getImage()!, instructions: [] };
      stages.set(last, current);
    } else if (current === undefined) {
      globals.push(instruction.getArgumentsContent() ?? '');
    } else {
      current.instructions.push(instruction);
    }
  }
  return { globals, stages, last };
}

/** `NAME=default`, or `NAME` with the default that it has before the first stage. */
export function buildArgument(text: string, globals: Record<string, string>): Record<string, string> {
  const [name, standard] = text.split('=') as [string, string?];
  return { [name]: standard ?? globals[name] ?? '' };
}

/** A text with the values of `${NAME}`; unknown names stay. */
export function expand(text: string, values: Record<string, string>): string {
  return text.replace(/\$\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}
