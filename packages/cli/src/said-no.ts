/** A question was answered with no: the command has said so already, and ends with 1. */
export class SaidNo extends Error {
  static {
    SaidNo.prototype.name = 'SaidNo'
  }
}
