/**
 * Versions of Azure's API that are understood here: those that current SDKs send, and older ones whose
 * bodies look the same. The newest is the SDKs'.
 */
export const computeVersions = [
  '2023-03-01',
  '2023-07-01',
  '2023-09-01',
  '2024-03-01',
  '2024-07-01',
  '2024-11-01',
  '2025-04-01',
  '2025-11-01',
  '2026-04-01',
]
export const diskVersions = ['2023-10-02', '2024-03-02', '2025-01-02', '2026-03-02']
export const skuVersions = ['2019-04-01', '2021-07-01']
export const networkVersions = [
  '2023-09-01',
  '2023-11-01',
  '2024-01-01',
  '2024-03-01',
  '2024-05-01',
  '2024-07-01',
  '2024-10-01',
  '2025-01-01',
  '2025-03-01',
  '2025-05-01',
  '2025-07-01',
  '2025-09-01',
  '2026-01-01',
]
export const resourceVersions = [
  '2020-06-01',
  '2020-10-01',
  '2021-04-01',
  '2022-09-01',
  '2023-07-01',
  '2024-03-01',
  '2024-07-01',
  '2024-11-01',
  '2025-03-01',
  '2025-04-01',
]
export const deploymentVersions = [...resourceVersions, '2025-09-01', '2026-06-01']
export const subscriptionVersions = [
  '2019-06-01',
  '2019-11-01',
  '2020-01-01',
  '2021-01-01',
  '2021-10-01',
  '2022-12-01',
]

/** Networks made from this version on keep machines without a public address off the internet. */
export const privateSubnetsSince = '2025-07-01'
