import { portTaken } from './port-taken.ts';
import type { ServiceSpec, ServiceState } from './protocol.ts';
import { type Keeper, Service } from './service.ts';

/** Why a service was not started: an address that it needs is in use, or everything is coming to its end. */
export type Refusal = { readonly taken: { readonly host: string; readonly port: number } } | { readonly closing: true };

/** What the services of one supervisor need of it. */
export interface Home extends Keeper {
  /** Is told the compose projects of all services: before the first of one is started, and when its last is removed. */
  named(projects: readonly string[]): void;
}

/** The services of one supervisor. Its methods are called one after the other: see `createTurns`. */
export class Services {
  readonly #services = new Map<string, Service>();
  readonly #home: Home;
  #closing = false;

  constructor(home: Home) {
    this.#home = home;
  }

  /** Once it is, nothing is started any more: also what is about to be. */
  get closing(): boolean {
    return this.#closing;
  }

  close(): void {
    this.#closing = true;
  }

  /** Starts a service in place of what ran under its name; that is down, and stays so, where it is refused. */
  async put(name: string, spec: ServiceSpec): Promise<ServiceState | Refusal> {
    this.#home.named(projectsOf([...this.#specs(), spec]));
    await this.#stop(name);
    const refusal = await this.#whyNot(spec);
    if (refusal === undefined) {
      const service = new Service(name, spec, this.#home);
      this.#services.set(name, service);
      service.start();
    }
    this.#home.named(projectsOf(this.#specs()));
    return refusal ?? (this.#services.get(name) as Service).state();
  }

  async remove(name: string): Promise<void> {
    await this.#stop(name);
    this.#home.named(projectsOf(this.#specs()));
  }

  async stopAll(): Promise<void> {
    this.close();
    await Promise.all([...this.#services.values()].map((service) => service.stop()));
  }

  state(): readonly ServiceState[] {
    return [...this.#services.values()].map((service) => service.state());
  }

  async #stop(name: string): Promise<void> {
    await this.#services.get(name)?.stop();
    this.#services.delete(name);
  }

  async #whyNot({ listen }: ServiceSpec): Promise<Refusal | undefined> {
    for (const { host, port } of listen) if (await portTaken(host, port)) return { taken: { host, port } };
    return this.#closing ? { closing: true } : undefined;
  }

  #specs(): readonly ServiceSpec[] {
    return [...this.#services.values()].map((service) => service.spec);
  }
}

function projectsOf(specs: readonly ServiceSpec[]): readonly string[] {
  return [...new Set(specs.map((spec) => spec.project))].sort();
}
