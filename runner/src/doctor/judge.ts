import { judgeMemory, judgePlace, judgePorts, judgeSpace } from './judge-host.ts';
import { judgeNode, judgeTool } from './judge-tools.ts';
import type { Finding, Seen, Wanted } from './seen.ts';

export const ENGINES: readonly string[] = ['embedded', 'docker'];
const DOCKER = ['docker'];
/** Brings the command line, the daemon and compose on Debian 13; Debian 12 has no compose that will do. */
const GET_DOCKER = 'sudo apt-get install docker.io docker-cli docker-compose';

/** What is here and what is missing. Pure. */
export function judge(seen: Seen, wanted: Wanted): readonly Finding[] {
  const { cli, daemon, compose } = seen.docker;
  const start =
    daemon.kind === 'refused' && /permission denied/i.test(daemon.why)
      ? 'sudo usermod -aG docker "$(id -un)" && exec newgrp docker'
      : 'sudo systemctl start docker';
  const absent = cli.kind === 'absent';
  return [
    judgeNode(seen.node, wanted.node, ENGINES),
    judgeTool('npm', seen.npm, ['installing Plumbline'], 'sudo apt-get install npm'),
    judgeTool('flock', seen.flock, ENGINES, 'sudo apt-get install util-linux'),
    judgeTool('git', seen.git, ['tests'], 'sudo apt-get install git'),
    judgeSpace(seen.freeBytes, wanted.minFreeMb),
    judgeMemory(seen.availableMemory, wanted.minFreeMb / 2),
    judgePorts(seen, wanted, ENGINES),
    ...seen.places.map((place) => judgePlace(place, ENGINES)),
    judgeTool('docker command', cli, DOCKER, GET_DOCKER),
    judgeTool('docker daemon', daemon, DOCKER, absent ? GET_DOCKER : start),
    judgeTool('docker compose', compose, DOCKER, GET_DOCKER),
    ...seen.testTools.map(({ tool, said }) =>
      judgeTool(tool, said, ['tests'], `sudo apt-get install ${packageOf(tool)}`),
    ),
    seen.realServices
      ? {
          id: 'real services',
          verdict: 'ok',
          needed_by: ['tests'],
          says: "Debian's Prometheus and node-exporter are unpacked",
        }
      : {
          id: 'real services',
          verdict: 'missing',
          needed_by: ['tests'],
          says: "Debian's Prometheus and node-exporter are not unpacked; `./plumb test` does it",
          mend: 'sh scripts/debian-tools.sh',
        },
  ];
}

function packageOf(tool: string): string {
  return { 'apt-get': 'apt', unshare: 'util-linux' }[tool] ?? tool;
}

/** Whether everything that an engine needs is here: what could not be looked at is not. */
export function isFit(findings: readonly Finding[], engine: string): boolean {
  return findings.every(({ verdict, needed_by }) => verdict === 'ok' || !needed_by.includes(engine));
}
