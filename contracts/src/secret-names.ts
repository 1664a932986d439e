const SECRET_KEY =
  /(?:token|secret|passw(?:or)?d|passphrase|credential|(?:api|access|private|secret|auth|signing)[_-]?key)s?$|(?:^|[_-])(?:pass|pwd)$/i;
const SECRET_VARIABLE = /TOKEN|SECRET|PASSW|KEY|CREDENTIAL|AUTH/i;

/** Whether a key of a configuration says that its value is a secret: `password`, `db_token`, `apiKey`; not `token_file`. */
export function isSecretKey(name: string): boolean {
  return SECRET_KEY.test(name);
}

/** Whether a variable is one, by its name. Wider than a key: a variable is handed to a program on purpose. */
export function isSecretVariable(name: string): boolean {
  return SECRET_VARIABLE.test(name);
}
