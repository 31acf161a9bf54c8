/** What this agent calls itself. A master takes agents of its own major and minor version. */
export const agentVersion = '2.0.0'
