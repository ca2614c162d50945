package xmlenc

import (
	"crypto/cipher"
	"fmt"
	"io"
)

// Decrypt reads IV, ciphertext and tag from src and writes the plaintext to
// dst. It gives the number of octets written. Only a nil error means that the
// tag (GCM) or the padding (CBC) was right; ErrDecrypt means that it was not,
// any other error comes from src or dst.
func Decrypt(dst io.Writer, src io.Reader, key []byte, m Method) (int64, error) {
	if len(key) != m.Cipher.KeySize {
		return 0, ErrDecrypt
	}
	iv := make([]byte, m.IVSize)
	switch _, err := io.ReadFull(src, iv); err {
	case nil:
	case io.EOF, io.ErrUnexpectedEOF:
		return 0, ErrDecrypt
	default:
		return 0, err
	}
	if m.Cipher.GCM {
		return decryptGCM(dst, src, key, iv)
	}
	return decryptCBC(dst, src, m, key, iv)
}

// NewEncrypter writes a fresh IV to dst and returns a writer that encrypts.
// Its Close writes what ends the ciphertext and leaves dst open.
func NewEncrypter(dst io.Writer, key []byte, m Method, rand io.Reader) (io.WriteCloser, error) {
	if len(key) != m.Cipher.KeySize {
		return nil, fmt.Errorf("%w: key of %d octets for %s", ErrAlgorithm, len(key), m.Cipher.Name)
	}
	iv := make([]byte, m.IVSize)
	if _, err := io.ReadFull(rand, iv); err != nil {
		return nil, fmt.Errorf("making an IV: %w", err)
	}
	w, err := newEncrypter(dst, key, m, iv)
	if err != nil {
		return nil, err
	}
	_, err = dst.Write(iv)
	return w, err
}

func newEncrypter(dst io.Writer, key []byte, m Method, iv []byte) (io.WriteCloser, error) {
	if m.Cipher.GCM {
		stream, err := newGCMStream(key, iv)
		if err != nil {
			return nil, err
		}
		return &gcmWriter{dst: dst, stream: stream}, nil
	}
	block, err := cbcBlock(m, key)
	if err != nil {
		return nil, err
	}
	return &cbcWriter{
		dst: dst, mode: cipher.NewCBCEncrypter(block, iv), size: m.Cipher.BlockSize,
		buffer: make([]byte, 0, chunkSize),
	}, nil
}
