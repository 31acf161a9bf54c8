/** Sends requests from a process of its own. */
import { answerCommands } from '../process/answer-commands.ts'
import { askInLoop } from './closed-loop.ts'
import { loadCommand } from './commands.ts'

answerCommands(async (received) => askInLoop(loadCommand.parse(received)))
