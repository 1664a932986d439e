export function watchdog(limitMs: number): Promise<{ next(text: string): void; end(): Promise<number> }>;
