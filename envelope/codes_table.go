package envelope

// codeRow is one code of the catalogue.
type codeRow struct {
	code Code
	// fault says that the code belongs on the message level.
	fault   bool
	german  string
	english string
	// when tells the occasion, for docs/errors.md.
	when string
}

// The codes of the standard, errors of the message level among those of the
// order level. Outdated means outside the validity period, Misissued that the
// issuer's signature over the certificate is wrong, Internal that we are at
// fault (OSCI 1.2; dossier §16, §17).
const (
	CodeExecuted                    Code = "0800"
	CodeDialogOpen                  Code = "0801"
	CodeClientCipherOutdated        Code = "3500"
	CodeClientCipherUnchecked       Code = "3501"
	CodeClientSignatureOutdated     Code = "3700"
	CodeAuthorSignatureOutdated     Code = "3701"
	CodeAuthorSignatureMisissued    Code = "3702"
	CodeAuthorSignatureRevoked      Code = "3703"
	CodeAuthorCipherOutdated        Code = "3704"
	CodeAddresseeCipherOutdated     Code = "3705"
	CodeReaderCipherOutdated        Code = "3706"
	CodeCertificatesUnchecked       Code = "3707"
	CodeAddresseeSignatureOutdated  Code = "3708"
	CodeMoreDeliveries              Code = "3800"
	CodeMoreProcessCards            Code = "3801"
	CodeAnswerUnsigned              Code = "3802"
	CodeAnswerUnencrypted           Code = "3803"
	CodeInsideFeedback              Code = "3950"
	CodeInsideTimeout               Code = "3951"
	CodeInsidePending               Code = "3952"
	CodeInternal                    Code = "9000"
	CodeMessageInvalid              Code = "9100"
	CodeKeyUnknown                  Code = "9200"
	CodeKeyRevoked                  Code = "9201"
	CodeDecryptionFailed            Code = "9202"
	CodeRequestInvalid              Code = "9300"
	CodeDialogWrong                 Code = "9400"
	CodeClientCipherMissing         Code = "9500"
	CodeClientCipherMisissued       Code = "9501"
	CodeClientCipherRevoked         Code = "9502"
	CodeClientCipherInternal        Code = "9503"
	CodeSignatureMissing            Code = "9600"
	CodeSignatureWrong              Code = "9601"
	CodeSignatureIncomplete         Code = "9602"
	CodeSignatureInternal           Code = "9603"
	CodeClientSignatureMisissued    Code = "9700"
	CodeClientSignatureRevoked      Code = "9701"
	CodeAuthorCipherMisissued       Code = "9704"
	CodeAuthorCipherRevoked         Code = "9705"
	CodeAddresseeCipherMisissued    Code = "9706"
	CodeAddresseeCipherRevoked      Code = "9707"
	CodeReaderCipherMisissued       Code = "9708"
	CodeReaderCipherRevoked         Code = "9709"
	CodeCertificatesInternal        Code = "9710"
	CodeAddresseeSignatureMisissued Code = "9711"
	CodeAddresseeSignatureRevoked   Code = "9712"
	CodeMessageIDMissing            Code = "9800"
	CodeMessageIDUnknown            Code = "9801"
	CodeDialogRequired              Code = "9802"
	CodeNoDelivery                  Code = "9803"
	CodeNoProcessCard               Code = "9804"
	CodeRecipientRefused            Code = "9805"
	CodeNoReply                     Code = "9806"
	CodeReplySignatureWrong         Code = "9807"
	CodeRecipientInternal           Code = "9808"
	CodeNotForwarded                Code = "9809"
	CodeForwardedInternal           Code = "9810"
	CodeNotExecuted                 Code = "9811"
	CodeChunkTwice                  Code = "9900"
	CodeChunkNumberWrong            Code = "9901"
	CodeChunkTooLarge               Code = "9902"
	CodeChunkTooSmall               Code = "9903"
	CodeMessageTooLarge             Code = "9904"
	CodeChunksInconsistent          Code = "9905"
	CodeInsideFailed                Code = "9950"
)

// codeTable is the catalogue in ascending order, the only place of texts that
// a sender gets to see. docs/errors.md is made from it.
var codeTable = []codeRow{
	{code: CodeExecuted, german: "Der Auftrag wurde ausgeführt. Der Dialog ist beendet.", english: "The order was carried out. The dialog is closed.", when: "implicit requests, exitDialog"},
	{code: CodeDialogOpen, german: "Der Auftrag wurde ausgeführt. Der Dialog bleibt geöffnet.", english: "The order was carried out. The dialog remains open.", when: "every request in an explicit dialog but exitDialog"},
	{code: CodeClientCipherOutdated, german: "Ihr Verschlüsselungszertifikat ist abgelaufen oder noch nicht gültig.", english: "Your cipher certificate has expired or is not valid yet.", when: "validity period of the client's cipher certificate"},
	{code: CodeClientCipherUnchecked, german: "Ihr Verschlüsselungszertifikat konnte nicht vollständig geprüft werden.", english: "Your cipher certificate could not be checked completely.", when: "no issuer or no revocation status for the client's cipher certificate"},
	{code: CodeClientSignatureOutdated, german: "Ihr Signaturzertifikat ist abgelaufen oder noch nicht gültig.", english: "Your signature certificate has expired or is not valid yet.", when: "validity period of the client's signature certificate"},
	{code: CodeAuthorSignatureOutdated, german: "Das Signaturzertifikat eines Autors ist abgelaufen oder noch nicht gültig.", english: "An author's signature certificate has expired or is not valid yet.", when: "store, forward, mediate"},
	{code: CodeAuthorSignatureMisissued, german: "Das Signaturzertifikat eines Autors trägt keine gültige Signatur seines Ausstellers.", english: "An author's signature certificate does not carry a valid signature of its issuer.", when: "store, forward, mediate"},
	{code: CodeAuthorSignatureRevoked, german: "Das Signaturzertifikat eines Autors ist gesperrt.", english: "An author's signature certificate has been revoked.", when: "store, forward, mediate"},
	{code: CodeAuthorCipherOutdated, german: "Das Verschlüsselungszertifikat eines Autors ist abgelaufen oder noch nicht gültig.", english: "An author's cipher certificate has expired or is not valid yet.", when: "store, forward, mediate"},
	{code: CodeAddresseeCipherOutdated, german: "Das Verschlüsselungszertifikat des Empfängers ist abgelaufen oder noch nicht gültig.", english: "The addressee's cipher certificate has expired or is not valid yet.", when: "store, forward, mediate"},
	{code: CodeReaderCipherOutdated, german: "Das Verschlüsselungszertifikat eines Lesers ist abgelaufen oder noch nicht gültig.", english: "A reader's cipher certificate has expired or is not valid yet.", when: "store, forward, mediate"},
	{code: CodeCertificatesUnchecked, german: "Mindestens ein Zertifikat konnte nicht vollständig geprüft werden. Einzelheiten stehen im Laufzettel.", english: "At least one certificate could not be checked completely. The process card has the details.", when: "no issuer or no revocation status for a certificate of the message"},
	{code: CodeAddresseeSignatureOutdated, german: "Das Signaturzertifikat des Empfängers ist abgelaufen oder noch nicht gültig.", english: "The addressee's signature certificate has expired or is not valid yet.", when: "forward, mediate"},
	{code: CodeMoreDeliveries, german: "Es liegen weitere Zustellungen zur Abholung bereit.", english: "More deliveries are waiting to be fetched.", when: "fetchDelivery"},
	{code: CodeMoreProcessCards, german: "Es gibt weitere Laufzettel, die zu Ihrer Auswahl passen.", english: "More process cards match your selection.", when: "fetchProcessCard"},
	{code: CodeAnswerUnsigned, german: "Die Antwort des Empfängers war nicht signiert.", english: "The recipient's answer was not signed.", when: "forward, mediate"},
	{code: CodeAnswerUnencrypted, german: "Die Antwort des Empfängers war nicht verschlüsselt.", english: "The recipient's answer was not encrypted.", when: "forward, mediate"},
	{code: CodeInsideFeedback, german: "Die Rückmeldungen zur zusammengesetzten Nachricht liegen bei.", english: "The feedback on the assembled message is enclosed.", when: "partialStoreDelivery, last chunk"},
	{code: CodeInsideTimeout, german: "Die Nachricht ist vollständig eingegangen, ihre Verarbeitung dauert aber länger als die Wartezeit. Fragen Sie das Ergebnis später ab.", english: "The message has arrived completely, but processing it takes longer than the waiting time. Ask for the result later.", when: "partialStoreDelivery, last chunk"},
	{code: CodeInsidePending, german: "Die Nachricht ist vollständig eingegangen und wird noch verarbeitet. Fragen Sie das Ergebnis später ab.", english: "The message has arrived completely and is still being processed. Ask for the result later.", when: "partialStoreDelivery with InfoOnly"},
	{code: CodeInternal, fault: true, german: "Der Intermediär konnte die Nachricht wegen eines internen Fehlers nicht bearbeiten. Bitte versuchen Sie es später erneut.", english: "The intermediary could not handle the message because of an internal error. Please try again later.", when: "unexpected error before or without an answer to the order"},
	{code: CodeMessageInvalid, fault: true, german: "Die Nachricht ist keine gültige OSCI-Nachricht. MIME- oder XML-Aufbau ist fehlerhaft oder der Nachrichtentyp unbekannt.", english: "The message is not a valid OSCI message. Its MIME or XML structure is broken or its type is unknown.", when: "MIME or XML broken, DTD, duplicate Ids, unknown type"},
	{code: CodeKeyUnknown, fault: true, german: "Die Nachricht ist für ein Zertifikat verschlüsselt, dessen Schlüssel hier nicht vorliegt. Verwenden Sie das aktuelle Verschlüsselungszertifikat des Intermediärs.", english: "The message is encrypted for a certificate whose key is not held here. Use the intermediary's current cipher certificate.", when: "no private key for the certificate named in the wrapper"},
	{code: CodeKeyRevoked, fault: true, german: "Die Nachricht ist für ein gesperrtes Zertifikat des Intermediärs verschlüsselt. Verwenden Sie das aktuelle Verschlüsselungszertifikat.", english: "The message is encrypted for a revoked certificate of the intermediary. Use the current cipher certificate.", when: "our cipher certificate named in the wrapper is revoked"},
	{code: CodeDecryptionFailed, fault: true, german: "Die Nachricht konnte nicht entschlüsselt werden.", english: "The message could not be decrypted.", when: "decryption failed, for whatever reason"},
	{code: CodeRequestInvalid, fault: true, german: "Die entschlüsselte Nachricht ist kein gültiger Auftrag. Ihr Aufbau entspricht nicht dem Schema des Nachrichtentyps.", english: "The decrypted message is not a valid request. Its structure does not follow the schema of its type.", when: "structure or schema violated"},
	{code: CodeDialogWrong, fault: true, german: "Die Angaben zum Dialog sind falsch: ConversationId, SequenceNumber oder Response passt nicht.", english: "The dialog data are wrong: ConversationId, SequenceNumber or Response does not match.", when: "ControlBlock contradicts the dialog"},
	{code: CodeClientCipherMissing, fault: true, german: "Ihr Verschlüsselungszertifikat fehlt. Ohne dieses kann nicht verschlüsselt geantwortet werden.", english: "Your cipher certificate is missing. Without it an encrypted answer cannot be given.", when: "encrypted request without the client's cipher certificate"},
	{code: CodeClientCipherMisissued, fault: true, german: "Ihr Verschlüsselungszertifikat trägt keine gültige Signatur seines Ausstellers.", english: "Your cipher certificate does not carry a valid signature of its issuer.", when: "signature over the client's cipher certificate wrong"},
	{code: CodeClientCipherRevoked, fault: true, german: "Ihr Verschlüsselungszertifikat ist gesperrt.", english: "Your cipher certificate has been revoked.", when: "client's cipher certificate revoked"},
	{code: CodeClientCipherInternal, fault: true, german: "Ihr Verschlüsselungszertifikat konnte wegen eines internen Fehlers nicht ermittelt oder geprüft werden. Bitte versuchen Sie es später erneut.", english: "Your cipher certificate could not be found or checked because of an internal error. Please try again later.", when: "internal error about the client's cipher certificate"},
	{code: CodeSignatureMissing, german: "Der Auftrag ist nicht signiert. Dieser Intermediär verlangt eine Signatur.", english: "The request is not signed. This intermediary demands a signature.", when: "unsigned request where a signature is required"},
	{code: CodeSignatureWrong, german: "Die Signatur des Auftrags ist falsch.", english: "The signature of the request is wrong.", when: "signature value, digest, algorithm or key not acceptable"},
	{code: CodeSignatureIncomplete, german: "Die Signatur des Auftrags umfasst nicht alle Teile, die signiert sein müssen.", english: "The signature of the request does not cover all parts that must be signed.", when: "a block or part is not referenced"},
	{code: CodeSignatureInternal, german: "Die Signatur des Auftrags konnte wegen eines internen Fehlers nicht geprüft werden. Bitte versuchen Sie es später erneut.", english: "The signature of the request could not be checked because of an internal error. Please try again later.", when: "internal error while checking the signature"},
	{code: CodeClientSignatureMisissued, german: "Ihr Signaturzertifikat trägt keine gültige Signatur seines Ausstellers.", english: "Your signature certificate does not carry a valid signature of its issuer.", when: "issuer's signature over the client's signature certificate wrong"},
	{code: CodeClientSignatureRevoked, german: "Ihr Signaturzertifikat ist gesperrt.", english: "Your signature certificate has been revoked.", when: "client's signature certificate revoked"},
	{code: CodeAuthorCipherMisissued, german: "Das Verschlüsselungszertifikat eines Autors trägt keine gültige Signatur seines Ausstellers.", english: "An author's cipher certificate does not carry a valid signature of its issuer.", when: "store, forward, mediate"},
	{code: CodeAuthorCipherRevoked, german: "Das Verschlüsselungszertifikat eines Autors ist gesperrt.", english: "An author's cipher certificate has been revoked.", when: "store, forward, mediate"},
	{code: CodeAddresseeCipherMisissued, german: "Das Verschlüsselungszertifikat des Empfängers trägt keine gültige Signatur seines Ausstellers.", english: "The addressee's cipher certificate does not carry a valid signature of its issuer.", when: "store, forward, mediate"},
	{code: CodeAddresseeCipherRevoked, german: "Das Verschlüsselungszertifikat des Empfängers ist gesperrt.", english: "The addressee's cipher certificate has been revoked.", when: "store, forward, mediate"},
	{code: CodeReaderCipherMisissued, german: "Das Verschlüsselungszertifikat eines Lesers trägt keine gültige Signatur seines Ausstellers.", english: "A reader's cipher certificate does not carry a valid signature of its issuer.", when: "store, forward, mediate"},
	{code: CodeReaderCipherRevoked, german: "Das Verschlüsselungszertifikat eines Lesers ist gesperrt.", english: "A reader's cipher certificate has been revoked.", when: "store, forward, mediate"},
	{code: CodeCertificatesInternal, german: "Die Zertifikate konnten wegen eines internen Fehlers nicht geprüft werden. Bitte versuchen Sie es später erneut.", english: "The certificates could not be checked because of an internal error. Please try again later.", when: "internal error while checking certificates"},
	{code: CodeAddresseeSignatureMisissued, german: "Das Signaturzertifikat des Empfängers trägt keine gültige Signatur seines Ausstellers.", english: "The addressee's signature certificate does not carry a valid signature of its issuer.", when: "forward, mediate"},
	{code: CodeAddresseeSignatureRevoked, german: "Das Signaturzertifikat des Empfängers ist gesperrt.", english: "The addressee's signature certificate has been revoked.", when: "forward, mediate"},
	{code: CodeMessageIDMissing, german: "Die Zustellung trägt keine MessageId und wurde nicht angenommen. Fordern Sie zuerst eine MessageId an.", english: "The delivery has no MessageId and was not accepted. Request a MessageId first.", when: "store, forward"},
	{code: CodeMessageIDUnknown, german: "Die MessageId wurde nicht von diesem Intermediär vergeben oder ist bereits verbraucht.", english: "The MessageId was not issued by this intermediary or has been used already.", when: "store, forward, mediate, partialStoreDelivery"},
	{code: CodeDialogRequired, german: "Dieser Auftrag ist nur in einem expliziten Dialog möglich. Eröffnen Sie zuerst einen Dialog.", english: "This order is possible in an explicit dialog only. Open a dialog first.", when: "fetch, mediate or exit without a dialog"},
	{code: CodeNoDelivery, german: "Es liegt keine Zustellung vor, die zu Ihrer Auswahl passt.", english: "There is no delivery that matches your selection.", when: "fetchDelivery, partialFetchDelivery"},
	{code: CodeNoProcessCard, german: "Es gibt keinen Laufzettel, der zu Ihrer Auswahl passt.", english: "There is no process card that matches your selection.", when: "fetchProcessCard"},
	{code: CodeRecipientRefused, german: "Der Empfänger hat die Nachricht nicht angenommen.", english: "The recipient did not accept the message.", when: "forward, mediate"},
	{code: CodeNoReply, german: "Der Empfänger hat die Nachricht angenommen, seine Antwort enthält aber keine Zustellung.", english: "The recipient accepted the message, but its answer carries no delivery.", when: "mediate"},
	{code: CodeReplySignatureWrong, german: "Der Empfänger hat geantwortet, die Signatur seiner Antwort ist aber falsch.", english: "The recipient answered, but the signature of its answer is wrong.", when: "forward, mediate"},
	{code: CodeRecipientInternal, german: "Beim Empfänger ist ein interner Fehler aufgetreten.", english: "An internal error occurred at the recipient.", when: "forward, mediate"},
	{code: CodeNotForwarded, german: "Wegen eines internen Fehlers beim Intermediär wurde die Nachricht dem Empfänger nicht zugestellt.", english: "Because of an internal error of the intermediary the message was not delivered to the recipient.", when: "forward, mediate: the recipient was not reached"},
	{code: CodeForwardedInternal, german: "Die Nachricht hat den Empfänger erreicht, danach ist beim Intermediär ein interner Fehler aufgetreten. Senden Sie die Nachricht nicht ungeprüft erneut.", english: "The message reached the recipient; afterwards an internal error occurred at the intermediary. Do not send the message again without checking.", when: "forward, mediate: the recipient was reached"},
	{code: CodeNotExecuted, german: "Der Auftrag konnte wegen eines internen Fehlers nicht ausgeführt werden. Bitte versuchen Sie es später erneut.", english: "The order could not be carried out because of an internal error. Please try again later.", when: "internal error while carrying out the order"},
	{code: CodeChunkTwice, german: "Dieser Chunk ist bereits eingegangen.", english: "This chunk has arrived already.", when: "partialStoreDelivery"},
	{code: CodeChunkNumberWrong, german: "Die Nummer des Chunks ist falsch.", english: "The number of the chunk is wrong.", when: "partialStoreDelivery, partialFetchDelivery"},
	{code: CodeChunkTooLarge, german: "Der Chunk ist größer als zulässig. Die zulässige Größe steht in der FeatureDescription des Intermediärs.", english: "The chunk is larger than permitted. The intermediary's FeatureDescription tells the permitted size.", when: "partialStoreDelivery, partialFetchDelivery"},
	{code: CodeChunkTooSmall, german: "Der Chunk ist kleiner als zulässig. Die zulässige Größe steht in der FeatureDescription des Intermediärs.", english: "The chunk is smaller than permitted. The intermediary's FeatureDescription tells the permitted size.", when: "partialStoreDelivery, partialFetchDelivery"},
	{code: CodeMessageTooLarge, german: "Die Nachricht ist insgesamt größer als zulässig. Die zulässige Größe steht in der FeatureDescription des Intermediärs.", english: "The message as a whole is larger than permitted. The intermediary's FeatureDescription tells the permitted size.", when: "partialStoreDelivery"},
	{code: CodeChunksInconsistent, german: "Die Angaben zum Chunk widersprechen einander oder früheren Angaben zur selben Nachricht.", english: "The data about the chunk contradict each other or earlier data about the same message.", when: "partialStoreDelivery, partialFetchDelivery"},
	{code: CodeInsideFailed, german: "Die zusammengesetzte Nachricht ist fehlerhaft.", english: "The assembled message has errors.", when: "known from others' libraries; never sent"},
}
