/** Version of the command; a test holds it against package.json. */
export const version = '2.0.0'
