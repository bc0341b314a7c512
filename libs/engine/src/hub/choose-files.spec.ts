import { describe, expect, it } from 'vitest';
import type { Dtype } from '../source/onnx-place.js';
import { chooseFiles } from './choose-files.js';
import { parseHubReference } from './reference/hub-reference.js';

const choose = (names: string[], path = '', dtype?: Dtype): string[] =>
  chooseFiles(
    names.map((name) => ({ path: name, bytes: 10 })),
    parseHubReference(`hf:org/name${path}`),
    dtype,
  )
    .map((file) => file.path)
    .toSorted();

describe(chooseFiles, () => {
  it('takes the shards of a model and their list', () => {
    const names = ['config.json', ...shards('model', 3, 'safetensors'), 'model.safetensors.index.json'];
    expect(choose([...names, 'pytorch_model.bin', 'tf_model.h5', 'README.md', 'LICENSE.txt'])).toEqual(
      names.toSorted(),
    );
  });

  it('takes the modules of a sentence encoder', () => {
    const names = [
      '1_Pooling/config.json',
      '2_Dense/config.json',
      '2_Dense/model.safetensors',
      'config.json',
      'model.safetensors',
      'modules.json',
      'sentence_bert_config.json',
      'vocab.txt',
    ];
    expect(choose([...names, 'onnx/model.onnx', 'openvino/openvino_model.xml', '2_Dense/pytorch_model.bin'])).toEqual(
      names,
    );
  });

  it('takes a single file rather than shards, as the loader does', () => {
    expect(choose(['model.safetensors', ...shards('model', 2, 'safetensors')])).toEqual(['model.safetensors']);
  });

  it('takes chat templates', () => {
    const names = ['additional_chat_templates/tool_use.jinja', 'chat_template.jinja', 'model.safetensors'];
    expect(choose(names)).toEqual(names);
  });

  it.each<[string[], Dtype | undefined, string[]]>([
    [['onnx/model.onnx', 'onnx/model_q4.onnx'], undefined, ['onnx/model.onnx']],
    [['onnx/model.onnx', 'onnx/model_q4.onnx'], 'q4', ['onnx/model_q4.onnx']],
    [
      ['onnx/model.onnx', 'onnx/model.onnx_data', 'onnx/model.onnx_data_1', 'onnx/model_fp16.onnx_data'],
      undefined,
      ['onnx/model.onnx', 'onnx/model.onnx_data', 'onnx/model.onnx_data_1'],
    ],
    [['model.onnx', 'model.onnx.data', 'model.onnx.txt'], undefined, ['model.onnx', 'model.onnx.data']],
    [['model.safetensors', 'onnx/model_int8.onnx'], 'int8', ['onnx/model_int8.onnx']],
  ])('of %j takes for the dtype %s %j', (names, dtype, expected) => {
    expect(choose(names, '', dtype)).toEqual(expected);
  });

  it('takes a GGUF file that is named, with its further parts, and nothing else', () => {
    const parts = shards('big/a', 3, 'gguf');
    const others = [...shards('big/b', 2, 'gguf'), ...shards('big/a_L', 3, 'gguf'), ...shards('big/a', 2, 'gguf')];
    const names = ['config.json', 'b.gguf', 'A.GGUF', ...parts, ...others];
    expect(choose(names, '/b.gguf')).toEqual(['b.gguf']);
    expect(choose(names, '/A.GGUF')).toEqual(['A.GGUF']);
    expect(choose(names, `/${parts[0]}`)).toEqual(parts);
  });

  it.each<[string[], string, Dtype | undefined, RegExp]>([
    [['a.gguf', 'b.gguf'], '', undefined, /has GGUF files: name one, of a\.gguf, b\.gguf/],
    [['a.gguf'], '/c.gguf', undefined, /no file c\.gguf\. It has a\.gguf/],
    [['voice.onnx', 'speaker.onnx'], '', undefined, /has ONNX files: name one/],
    [['pytorch_model.bin'], '', undefined, /pickled/],
    [['README.md'], '', undefined, /has neither model\.safetensors/],
    [['README.md'], '/README.md', undefined, /name a \.gguf or \.onnx file/],
    [['model.safetensors'], '', 'q4', /no ONNX file of the dtype q4; it has no ONNX files/],
    [shards('model', 3, 'safetensors').slice(1), '', undefined, /2 of the 3 parts/],
    [shards('a', 3, 'gguf').slice(0, 2), '/a-00001-of-00003.gguf', undefined, /2 of the 3 parts/],
  ])('of %j with %j and the dtype %s says what is wrong', (names, path, dtype, message) => {
    expect(() => choose(names, path, dtype)).toThrow(message);
  });

  it('leaves out what is too large to describe a model', () => {
    const files = [
      { path: 'dataset.json', bytes: 2 ** 30 },
      { path: 'model.safetensors', bytes: 2 ** 33 },
    ];
    expect(chooseFiles(files, parseHubReference('hf:org/name'))).toEqual([files[1]]);
  });
});

function shards(name: string, count: number, extension: string): string[] {
  const digits = (n: number): string => String(n).padStart(5, '0');
  return Array.from({ length: count }, (_, i) => `${name}-${digits(i + 1)}-of-${digits(count)}.${extension}`);
}
