import { apply } from '@plumbline/apply';
import { cleanup } from '@plumbline/cleanup';
import type { Step } from '@plumbline/contracts';
import { generate } from '@plumbline/generate';
import { verify } from '@plumbline/verify';

/** Every step that there is, by name. The only place that names them. */
export const steps: Readonly<Record<string, Step>> = { generate, apply, verify, cleanup };
