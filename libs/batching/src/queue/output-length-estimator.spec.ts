import { describe, expect, it } from 'vitest';
import { OutputLengthEstimator } from './output-length-estimator.js';

describe(OutputLengthEstimator.name, () => {
  const request = { promptTokens: 20, maxNewTokens: 100, n: 2 };

  it('expects answers at their longest until it has seen some', () => {
    const cost = new OutputLengthEstimator().estimate(request, 1024);
    expect(cost).toEqual({ caller: '', answers: 2, promptTokens: 20, answerTokens: 200, maxTokens: 220 });
    expect(new OutputLengthEstimator().estimate({ promptTokens: 1, maxNewTokens: 64 }, 1024)).toMatchObject({
      answers: 1,
      maxTokens: 65,
    });
  });

  it('expects no more than the context has room for', () => {
    const huge = { promptTokens: 1000, maxNewTokens: 1e6 };
    expect(new OutputLengthEstimator().estimate(huge, 1024).maxTokens).toBe(1024);
  });

  it('learns how long the answers of a caller are, and nothing of it about others', () => {
    const estimator = new OutputLengthEstimator();
    const estimate = (caller: string) => estimator.estimate({ ...request, caller }, 1024);
    for (let i = 0; i < 200; i++) estimator.observe(estimate('brief'), { promptTokens: 20, completionTokens: 25 });
    expect(estimate('brief').answerTokens).toBeCloseTo(50, 0);
    expect(estimate('brief').maxTokens).toBe(220);
    expect(estimate('other').answerTokens).toBe(200);
  });

  it('stays finite whatever is asked for', () => {
    for (const maxNewTokens of [9e15, 1.7e308, Number.MAX_SAFE_INTEGER]) {
      const huge = { promptTokens: 20, maxNewTokens, n: 8 };
      expect(new OutputLengthEstimator().estimate(huge, 1024).maxTokens).toBe(20 + 8 * 1004);
    }
  });
});
