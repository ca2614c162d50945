// Package xmlenc is XML Encryption over octets: content ciphers as streams
// and key transport (XML Encryption 1.1, 5; OSCI 1.2, dossier §4 and §18).
//
// It promises constant memory for any length, that a nil error of Decrypt
// means the tag was right, and that everything which goes wrong with secret
// material is one error with one text, so that nobody can ask it questions
// about a key or a plaintext.
//
// It parses no XML and knows no certificate. What Decrypt wrote before it
// failed is not to be believed: callers write into a scratch file and throw
// it away.
//
// Start with Decrypt, NewEncrypter and UnwrapKey.
package xmlenc
