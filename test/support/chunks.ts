/** The data of each server-sent event of a whole body, and its comments; `[DONE]` stays a text. */
export function chunksOf(body: string): { data: unknown[]; comments: string[] } {
  const blocks = body.split('\n\n').filter((block) => block !== '');
  return {
    data: blocks
      .filter((block) => block.startsWith('data: '))
      .map((block) => (block === 'data: [DONE]' ? '[DONE]' : (JSON.parse(block.slice('data: '.length)) as unknown))),
    comments: blocks.filter((block) => block.startsWith(':')),
  };
}
