import { checkChoice, type Report } from "../../../report";
import { type BackupStoreArgs, S3Encryption } from "../args";

export function checkEncryption({ azure, s3, google }: BackupStoreArgs, report: Report): void {
  checkChoice("s3.encryption", s3?.encryption, S3Encryption, report);
  if (s3?.kmsKeyId !== undefined && s3.encryption !== S3Encryption.AwsKms)
    report(
      "s3.kmsKeyId",
      s3.kmsKeyId,
      "has no effect without KMS.",
      `Add encryption: "${S3Encryption.AwsKms}", or leave it out.`,
    );
  const option = (argument: string, value: string | undefined, form: RegExp, remedy: string): void => {
    if (value !== undefined && !form.test(value)) report(argument, value, "is not of that form.", remedy);
  };
  option("s3.kmsKeyId", s3?.kmsKeyId, /^[\w:/-]+$/, "Write the id, the ARN or the alias of the key.");
  option(
    "azure.encryptionScope",
    azure?.encryptionScope,
    /^[A-Za-z0-9-]{3,63}$/,
    "Write the name of an encryption scope: 3 to 63 letters, digits and hyphens.",
  );
  option(
    "google.kmsKeyName",
    google?.kmsKeyName,
    /^projects\/[^/\s]+\/locations\/[^/\s]+\/keyRings\/[^/\s]+\/cryptoKeys\/[^/\s]+$/,
    'Write "projects/…/locations/…/keyRings/…/cryptoKeys/…".',
  );
}
