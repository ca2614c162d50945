package main

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"strings"

	"poststelle/envelope"
	"poststelle/signature"
)

// officeKeys are the keys an office works with.
type officeKeys struct {
	cipher []envelope.CipherKey
	signer *signature.Signer
}

// password of the office's own keys.
func (c *config) password(a *app) (string, error) {
	if c.Keys.PasswordFile == "" {
		return a.Getenv("POSTSTELLE_PASSWORD"), nil
	}
	flags := passwordFlags{PasswordFile: c.path(c.Keys.PasswordFile)}
	return flags.read(a)
}

// loadKeys reads all keys that the configuration names.
func (c *config) loadKeys(a *app) (*officeKeys, error) {
	password, err := c.password(a)
	if err != nil {
		return nil, err
	}
	keys := &officeKeys{}
	for _, name := range c.Keys.Cipher {
		key, err := readCipher(c.path(name), password)
		if err != nil {
			return nil, err
		}
		keys.cipher = append(keys.cipher, key)
	}
	if keys.signer, err = readSigner(c.path(c.Keys.Signature), password); err != nil {
		return nil, err
	}
	return keys, nil
}

// tlsConfig is nil for plain HTTP.
func (c *config) tlsServer() (*tls.Config, error) {
	if c.TLS.Cert == "" {
		return nil, nil
	}
	pair, err := tls.LoadX509KeyPair(c.path(c.TLS.Cert), c.path(c.TLS.Key))
	if err != nil {
		return nil, fmt.Errorf("reading the certificate of the HTTPS server: %w", err)
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}, nil
}

// newLogger is the log that the configuration asks for.
func (c *config) newLogger(a *app) *slog.Logger {
	options := &slog.HandlerOptions{Level: slog.LevelInfo}
	if level := parseLevel(c.Log.Level); level != nil {
		options.Level = *level
	}
	if c.Log.Format == "json" {
		return slog.New(slog.NewJSONHandler(a.Stderr, options))
	}
	return slog.New(slog.NewTextHandler(a.Stderr, options))
}

// newPassword makes a password nobody has to remember.
func (a *app) newPassword() (string, error) {
	const letters = "abcdefghijkmnpqrstuvwxyz23456789" // 32: five bits each
	octets := make([]byte, 26)
	if _, err := a.Rand.Read(octets); err != nil {
		return "", fmt.Errorf("making a password: %w", err)
	}
	word := &strings.Builder{}
	for _, octet := range octets {
		word.WriteByte(letters[octet&31])
	}
	return word.String(), nil
}
