type Caused<T> = T & { readonly cause: string };

/** One external change. `cause` says why it is needed. */
export type ApplyOp = Caused<
  | { readonly op: 'claim_root'; readonly project: string }
  | { readonly op: 'make_probe'; readonly path: string }
  | { readonly op: 'pull' | 'check_root'; readonly image: string }
  | { readonly op: 'retag'; readonly image: string; readonly id: string }
  | { readonly op: 'sweep'; readonly path: string }
  | { readonly op: 'remove_stray'; readonly container: string; readonly name: string }
  | { readonly op: 'write_store' | 'rewrite_store' | 'seal_store'; readonly service: string; readonly store: string }
  | { readonly op: 'write_secret'; readonly service: string; readonly name: string }
  | { readonly op: 'want_secrets' | 'hand_over' | 'take_secrets'; readonly service: string }
  | { readonly op: 'write_versions'; readonly generation: string }
  | { readonly op: 'write_generation'; readonly generation: string }
  | { readonly op: 'start' | 'await_ready' | 'stop'; readonly service: string }
  | { readonly op: 'replace'; readonly service: string; readonly irreversible: boolean }
  | { readonly op: 'write_provenance'; readonly generation: string }
  | { readonly op: 'flip_current'; readonly generation: string }
>;
