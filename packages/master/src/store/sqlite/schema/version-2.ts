export const version2 = 'ALTER TABLE nodes ADD COLUMN ssh_user TEXT'
