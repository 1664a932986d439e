export function watchdog(limitMs: number): { next(text: string): void; end(): Promise<number> };
