const ELSEWHERE = /^\/v1\/(infer|jobs)(\/|$)/;
const OPENAI = /^\/(v1\/.*|tokenize|detokenize|apply-template)$/;

/** Tests for a path that clients of OpenAI's API call, so that they get its errors, also where there is no route. */
export function isOpenAiPath(path: string): boolean {
  return OPENAI.test(path) && !ELSEWHERE.test(path);
}
