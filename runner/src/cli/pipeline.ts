import { apply } from '@plumbline/apply';
import { autoheal } from '@plumbline/autoheal';
import { cleanup } from '@plumbline/cleanup';
import type { Step } from '@plumbline/contracts';
import { generate } from '@plumbline/generate';
import { idempotency } from '@plumbline/idempotency';
import { preflight } from '@plumbline/preflight';
import { promote } from '@plumbline/promote';
import { secrets } from '@plumbline/secrets';
import { settle } from '@plumbline/settle';
import { verify } from '@plumbline/verify';
import { guardAll } from '../guard/guarded-step.ts';

const known = { generate, apply, verify, settle, promote, idempotency, autoheal, cleanup, secrets };
const tools = [...new Set(Object.values(known).flatMap((step) => step.manifest.tools))];

/** Every step that there is, by name, behind the guard. The only place that names them. */
export const steps: Readonly<Record<string, Step>> = guardAll({ preflight: preflight(tools), ...known });
