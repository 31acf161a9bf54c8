/** The framework by itself: one route that answers with one object and asks nobody. */
import Fastify from 'fastify'
import { answerCommands } from '../process/answer-commands.ts'
import { bareCommand } from './commands.ts'

answerCommands(async (received) => {
  const command = bareCommand.parse(received)
  if (command.do === 'sample') {
    const { user, system } = process.cpuUsage()
    return { cpu: (user + system) / 1000 }
  }
  const app = Fastify()
  const body: unknown = JSON.parse(command.body)
  app.get('/', async () => body)
  return app.listen({ host: '127.0.0.1', port: 0 })
})
