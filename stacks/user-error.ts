/** Messages that end a command without a stack trace. */
export class UserError extends Error {}
