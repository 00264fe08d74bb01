/** The folder that holds what the project makes outside of its checkouts; made if it is missing. */
export function baseFolder(): string;
