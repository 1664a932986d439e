// The package's own declarations cannot be reached through its `exports`; this is what grammar.ts uses of them.
declare module '@prometheus-io/lezer-promql' {
  interface Node {
    readonly name: string;
    readonly from: number;
    readonly to: number;
    readonly type: { readonly isError: boolean };
  }
  export const parser: {
    parse(text: string): { iterate(visit: { enter(node: Node): boolean; leave(node: Node): void }): void };
  };
}
