package xmlenc

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"io"
)

func cbcBlock(m Method, key []byte) (cipher.Block, error) {
	if m.Cipher.BlockSize == des.BlockSize {
		return des.NewTripleDESCipher(key)
	}
	return aes.NewCipher(key)
}

// decryptCBC copies plaintext to dst. The last octet counts the padding, the
// others of it are arbitrary (XML Encryption 1.1, 5.2).
func decryptCBC(dst io.Writer, src io.Reader, m Method, key, iv []byte) (int64, error) {
	block, err := cbcBlock(m, key)
	if err != nil {
		return 0, ErrDecrypt
	}
	size := m.Cipher.BlockSize
	mode := cipher.NewCBCDecrypter(block, iv)
	buffer := make([]byte, chunkSize+size)
	held := 0 // a last block that may hold the padding, still encrypted
	var written int64
	for {
		n, err := io.ReadFull(src, buffer[held:])
		have := held + n
		last := err == io.EOF || err == io.ErrUnexpectedEOF
		if err != nil && !last {
			return written, err
		}
		text := buffer[:have]
		if !last {
			text = buffer[:have-size]
		} else if have == 0 || have%size != 0 {
			return written, ErrDecrypt
		}
		mode.CryptBlocks(text, text)
		if last {
			padding := int(text[have-1])
			if padding == 0 || padding > size {
				return written, ErrDecrypt
			}
			text = text[:have-padding]
		}
		w, werr := dst.Write(text)
		written += int64(w)
		if werr != nil || last {
			return written, werr
		}
		held = copy(buffer, buffer[have-size:have])
	}
}

// cbcWriter encrypts what is written into it; Close adds the padding.
type cbcWriter struct {
	dst    io.Writer
	mode   cipher.BlockMode
	size   int
	buffer []byte // whole chunk, cap chunkSize
}

func (w *cbcWriter) Write(octets []byte) (int, error) {
	total := len(octets)
	for len(octets) > 0 {
		n := copy(w.buffer[len(w.buffer):cap(w.buffer)], octets)
		w.buffer = w.buffer[:len(w.buffer)+n]
		octets = octets[n:]
		if len(w.buffer) == cap(w.buffer) {
			if err := w.flush(); err != nil {
				return total - len(octets), err
			}
		}
	}
	return total, nil
}

func (w *cbcWriter) flush() error {
	w.mode.CryptBlocks(w.buffer, w.buffer)
	_, err := w.dst.Write(w.buffer)
	w.buffer = w.buffer[:0]
	return err
}

func (w *cbcWriter) Close() error {
	padding := w.size - len(w.buffer)%w.size
	for i := 0; i < padding; i++ {
		w.buffer = append(w.buffer, byte(padding))
	}
	return w.flush()
}
