// Package signature is XML Signature for OSCI letters: verifying and making
// signatures with any number of references, certificates as they stand in
// messages, and the policy of permitted algorithms (XML-DSig 1.1; OSCI 1.2,
// dossier §8, §9.2, §18).
//
// It promises that a Report holds a result for every single reference, that a
// reference is only looked up among the elements the caller offers, that the
// algorithms were permitted on the day asked for, and that nothing but the
// octets which arrived was digested.
//
// It does not decide whether enough was signed, nor whether a certificate is
// to be trusted, and it never executes a transform that is a program.
//
// Start with Verify and Signer.Sign.
package signature
