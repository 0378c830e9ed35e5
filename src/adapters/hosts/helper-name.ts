/** What a helper is called on its machine: its socket is `<name>.sock`. Nothing in it leads out of a folder, and no shell reads more than a name. */
export const HELPER_NAME = /^[a-z0-9][a-z0-9_-]{0,62}$/;
