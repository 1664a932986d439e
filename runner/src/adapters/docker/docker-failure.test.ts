import { describe, expect, it } from 'vitest';
import { failureOfDocker } from './docker-failure.ts';

const up = ['compose', '--project-name', 'p', '--file', '/f', '--progress', 'plain', 'up', '--detach', 'loki'];

describe('what docker says', () => {
  it.each([
    [
      'Error response from daemon: driver failed: Bind for 127.0.0.1:1 failed: port is already allocated',
      'E_RUNTIME_PORT_CONFLICT',
    ],
    ['Error response from daemon: No such image: grafana/loki:9', 'E_DEPS_IMAGE_MISSING'],
    ['manifest for grafana/loki:9 not found: manifest unknown: manifest unknown', 'E_DEPS_IMAGE_MISSING'],
    ['Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?', 'E_RUNTIME_ENGINE_UNREACHABLE'],
    ["docker: 'compose' is not a docker command.", 'E_DEPS_TOOL_MISSING'],
    ['invalid mount config for type "bind": bind source path does not exist: /gone', 'E_CONFIG_NOT_FOUND'],
    ['write /var/lib/docker/x: no space left on device', 'E_ENV_DISK_FULL'],
    ['something that nobody has heard of', 'E_RUNTIME_COMPOSE_FAILED'],
  ])('must be told by its own words and what they stand for: %s', (said, code) => {
    const failure = failureOfDocker(up, 'exit 1', ` Container p-loki-1  Recreate\n${said}\n`);
    expect(failure).toMatchObject({ code, message: `docker compose up failed (exit 1): ${said}` });
    expect(failure.evidence).toEqual({ said: ['Container p-loki-1  Recreate', said] });
  });

  it('must name the line that says why, and not the last one', () => {
    const said = 'Error: Bind for 0.0.0.0:80 failed: port is already allocated\nContainer p-loki-1  Error\n';
    expect(failureOfDocker(up, 'exit 1', said).message).toContain('port is already allocated');
  });

  it('must begin with the daemon where its words go on for lines', () => {
    const said =
      'Error response from daemon: driver failed on endpoint x: (iptables failed: No chain.\n (exit status 1))\n';
    expect(failureOfDocker(up, 'exit 1', said).message).toMatch(
      /driver failed on endpoint x: \(iptables failed: No chain\.$/,
    );
  });

  it('must say what to do about a container that has the name, and that it said nothing where it did', () => {
    const taken =
      'Conflict. The container name "/p-loki-1" is already in use by container "abc". You have to remove it.';
    expect(failureOfDocker(up, 'exit 1', taken).hint).toContain('docker rename p-loki-1 p-loki-1-old');
    expect(failureOfDocker(['rm', 'abc'], 'SIGKILL', '').message).toBe('docker rm failed (SIGKILL): it said nothing');
  });
});
