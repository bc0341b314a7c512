import { VERSION } from '../cli/version.js';

/** The first page: commands, global options and a first step. */
export function overview(): string {
  return `frontier ${VERSION}, an inference server for Node teams
  serve [model ...]    serve models: folder, .gguf, .onnx, hf:org/name; none named: the bundled one
  run [model] [text]   chat here, with the server that runs, else with one of its own
  pull <hf:org/name>   download a model (add @revision, or /file.gguf)
  list | rm <model>    models on this machine | remove a downloaded one
  doctor [model]       check this machine, or why a model can or cannot be served
  bench [model]        measure it beside this machine's limits
  keys add|list|revoke     completion bash|zsh|fish
For all: --json  -q --quiet  --no-color  --url <server>  --key-file <file>  --verbose
         --version  -h --help
Begin:   frontier serve        then open http://127.0.0.1:8080
`;
}
