/** The labels of what Plumbline starts: a compose file carries them, an engine reads them back. */
export const LABELS = {
  /** The project that a container, a network or a volume is of. */
  project: 'io.plumbline.project',
  /** The hash of the service's part of the compose file. */
  serviceHash: 'io.plumbline.service-hash',
  /** The version of the secrets that the service was started with. */
  secrets: 'io.plumbline.secrets',
  /** `true` on the image of a stand-in. */
  standIn: 'io.plumbline.stand-in',
} as const;
