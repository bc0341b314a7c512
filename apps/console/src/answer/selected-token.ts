import { signal } from '@preact/signals';
import type { Answer } from './answer.js';

/** The token whose chances the panel shows. */
export const selected = signal<{ answer: Answer; index: number } | null>(null);
