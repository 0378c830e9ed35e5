/** What hostseal-connect says by its exit code; sshd carries it to the other side. */
export const CONNECT_EXIT = { nameRefused: 64, helperAbsent: 69 } as const;
/** A shell's: the command is not there, or may not be run (POSIX 2.8.2). */
export const SHELL_EXIT = { cannotRun: 126, notFound: 127 } as const;
