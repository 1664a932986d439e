export * from './failure.ts';
export type * from './generated/error-codes.ts';
export * from './result.ts';
export * from './taxonomy.ts';
