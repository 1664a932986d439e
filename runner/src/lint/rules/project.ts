import { slug } from '@plumbline/contracts';
import { shown } from '@plumbline/formats/shown';
import type { Rule } from '../finding.ts';

const LONGEST = 63;
/** One label of a host name (RFC 1123). */
const dnsSafe = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;
const composeTakes = /^[a-z0-9][a-z0-9_-]*$/;

export const projectName: Rule = {
  id: 'project-name',
  code: 'E_CONFIG_INVALID_VALUE',
  severity: 'error',
  summary: 'the project’s name can be part of a host name; an underscore, which compose takes, is a warning',
  check: ({ config }) => {
    const name = config.compose_project_name;
    if (typeof name !== 'string' || (dnsSafe.test(name) && name.length <= LONGEST)) return [];
    const value = slug(name).slice(0, LONGEST).replace(/-+$/, '') || 'plumbline';
    const deployable = composeTakes.test(name) && name.length <= LONGEST;
    return [
      {
        path: ['compose_project_name'],
        severity: deployable ? 'warning' : 'error',
        message: `the project is called ${shown(name)}, which cannot be part of a host name${deployable ? '; compose takes it' : ''}`,
        hint: `call it "${value}"; what runs under the old name is another project, so \`./plumb down\` comes first`,
        patch: [{ op: 'replace', path: '/compose_project_name', value }],
      },
    ];
  },
};
