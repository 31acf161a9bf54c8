/** A refusal in EC2's own words. */
export class Ec2Error extends Error {
  static {
    Ec2Error.prototype.name = 'Ec2Error'
  }
  readonly code: string
  readonly status: number

  constructor(code: string, message: string, status = 400) {
    super(message)
    this.code = code
    this.status = status
  }
}

export function invalidValue(message: string): Ec2Error {
  return new Ec2Error('InvalidParameterValue', message)
}

export function invalidCombination(message: string): Ec2Error {
  return new Ec2Error('InvalidParameterCombination', message)
}
