package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"time"

	"software.sslmate.com/src/go-pkcs12"
)

// purpose is what a key is for (OSCI 1.2, dossier §9.1: one certificate for
// each of the two).
type purpose string

const (
	forCipher    purpose = "cipher"
	forSignature purpose = "signature"
)

// keyUsage is what the certificate permits.
func (p purpose) keyUsage() x509.KeyUsage {
	if p == forCipher {
		return x509.KeyUsageKeyEncipherment | x509.KeyUsageDataEncipherment
	}
	return x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment
}

// keyKinds names the kinds of key that can be made.
const (
	rsa2048 = "rsa-2048"
	rsa3072 = "rsa-3072"
	rsa4096 = "rsa-4096"
	p256    = "p-256"
)

// certificateYears is how long a self-signed certificate lasts.
const certificateYears = 3

// keyPair is a key with its self-signed certificate.
type keyPair struct {
	key         crypto.Signer
	certificate *x509.Certificate
}

// newPair makes a key and a certificate that names its owner.
func (a *app) newPair(owner, kind string, p purpose) (*keyPair, error) {
	key, err := a.newKey(kind)
	if err != nil {
		return nil, fmt.Errorf("making a key: %w", err)
	}
	serial := make([]byte, 16)
	if _, err := a.Rand.Read(serial); err != nil {
		return nil, fmt.Errorf("making a serial number: %w", err)
	}
	serial[0] = serial[0]&0x7f | 0x40 // positive and of one length
	now := a.Now().UTC().Truncate(time.Second)
	template := &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(serial),
		Subject:      pkix.Name{CommonName: owner, OrganizationalUnit: []string{string(p)}},
		NotBefore:    now.Add(-5 * time.Minute), // clocks differ
		NotAfter:     now.AddDate(certificateYears, 0, 0),
		KeyUsage:     p.keyUsage(), BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(a.Rand, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("making a certificate: %w", err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("reading the certificate made: %w", err)
	}
	return &keyPair{key, certificate}, nil
}

func (a *app) newKey(kind string) (crypto.Signer, error) {
	switch kind {
	case p256:
		return ecdsa.GenerateKey(elliptic.P256(), a.Rand)
	case rsa2048:
		return rsa.GenerateKey(a.Rand, 2048)
	case rsa3072:
		return rsa.GenerateKey(a.Rand, 3072)
	case rsa4096:
		return rsa.GenerateKey(a.Rand, 4096)
	}
	return nil, fmt.Errorf("kind %q is not known", kind)
}

// encode gives the octets of the .p12 file. The form of 2023 is the newest that
// Java 17 and the official client read.
func (k *keyPair) encode(a *app, password string) ([]byte, error) {
	octets, err := pkcs12.Modern2023.WithRand(a.Rand).Encode(k.key, k.certificate, nil, password)
	if err != nil {
		return nil, fmt.Errorf("writing a .p12: %w", err)
	}
	return octets, nil
}

// newFile is a file that is to be made.
type newFile struct {
	path   string
	octets []byte
	mode   fs.FileMode
}

// absent refuses to go on if one of the files is there.
func absent(paths ...string) error {
	for _, path := range paths {
		_, err := os.Lstat(path)
		if err == nil {
			return fmt.Errorf("%s exists and is not overwritten", path)
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("looking for %s: %w", path, err)
		}
	}
	return nil
}

// writeNew writes all files or leaves none behind.
func writeNew(files ...newFile) (err error) {
	var made []string
	defer func() {
		if err != nil {
			for _, path := range made {
				err = errors.Join(err, os.Remove(path))
			}
		}
	}()
	for _, file := range files {
		if err := os.MkdirAll(filepath.Dir(file.path), 0o700); err != nil {
			return fmt.Errorf("making a folder: %w", err)
		}
		out, err := os.OpenFile(file.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, file.mode)
		if err != nil {
			return fmt.Errorf("writing a file: %w", err)
		}
		made = append(made, file.path)
		_, err = out.Write(file.octets)
		if err = errors.Join(err, out.Sync(), out.Close()); err != nil {
			return fmt.Errorf("writing %s: %w", file.path, err)
		}
	}
	return nil
}
