import { checkField } from '@frontier/http';

/** Contents of a stream beside text. */
export interface StreamOptions {
  /** A last chunk with the usage of the request. */
  include_usage?: boolean | null;
  /** Every chunk with the usage so far. */
  continuous_usage_stats?: boolean | null;
}

export const IsStreamOptions = (): PropertyDecorator =>
  checkField('isStreamOptions', 'an object of include_usage and continuous_usage_stats, true or false', (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
    const { include_usage, continuous_usage_stats } = value as StreamOptions;
    return [include_usage, continuous_usage_stats].every((flag) => typeof (flag ?? false) === 'boolean');
  });
