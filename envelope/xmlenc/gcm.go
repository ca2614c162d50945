package xmlenc

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
	"encoding/binary"
	"io"
)

// maxGCM is the longest text of AES-GCM in octets (SP 800-38D, 5.2.1.1).
const maxGCM = 1<<36 - 32

// gcmStream is AES-GCM with a running tag.
type gcmStream struct {
	ctr    cipher.Stream
	hash   *ghash
	mask   element // E(K, J0)
	length uint64
	// pending are ciphertext octets that do not fill a chunk yet.
	pending []byte
}

// newGCMStream starts at the IV. For another IV than 12 octets the first
// counter block is the IV's GHASH (SP 800-38D, 7.1, step 2).
func newGCMStream(key, iv []byte) (*gcmStream, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	hash, err := newGHASH(block)
	if err != nil {
		return nil, err
	}
	var j0 [16]byte
	if len(iv) == 12 {
		copy(j0[:], iv)
		j0[15] = 1
	} else {
		hash.chunk(iv)
		hash.sum(uint64(len(iv))).store(j0[:])
		hash.state = element{}
	}
	s := &gcmStream{hash: hash}
	var mask [16]byte
	block.Encrypt(mask[:], j0[:])
	s.mask = load(mask[:])
	counter := j0
	binary.BigEndian.PutUint32(counter[12:], binary.BigEndian.Uint32(j0[12:])+1)
	s.ctr = newCTR32(block, counter)
	return s, nil
}

// newCTR32 counts in the last four octets only, as GCM does; the standard
// library's CTR counts in all sixteen, which differs when they wrap.
func newCTR32(block cipher.Block, counter [16]byte) cipher.Stream {
	left := uint64(1)<<32 - uint64(binary.BigEndian.Uint32(counter[12:]))
	return &ctr32{block: block, ctr: cipher.NewCTR(block, counter[:]), counter: counter, left: left * 16}
}

type ctr32 struct {
	block   cipher.Block
	ctr     cipher.Stream
	counter [16]byte
	left    uint64 // octets until the last four octets wrap
}

func (c *ctr32) XORKeyStream(dst, src []byte) {
	for uint64(len(src)) >= c.left {
		n := int(c.left)
		c.ctr.XORKeyStream(dst[:n], src[:n])
		dst, src = dst[n:], src[n:]
		clear(c.counter[12:])
		c.ctr = cipher.NewCTR(c.block, c.counter[:])
		c.left = 1 << 36
	}
	c.ctr.XORKeyStream(dst, src)
	c.left -= uint64(len(src))
}

// absorb takes ciphertext into the tag.
func (s *gcmStream) absorb(octets []byte) {
	s.length += uint64(len(octets))
	for len(octets) > 0 {
		n := min(len(octets), chunkSize-len(s.pending))
		if n == chunkSize { // nothing pending: hashed where it is
			s.hash.chunk(octets[:n])
			octets = octets[n:]
			continue
		}
		s.pending = append(s.pending, octets[:n]...)
		octets = octets[n:]
		if len(s.pending) == chunkSize {
			s.hash.chunk(s.pending)
			s.pending = s.pending[:0]
		}
	}
}

func (s *gcmStream) tag() [tagSize]byte {
	s.hash.chunk(s.pending)
	s.pending = s.pending[:0]
	var tag [tagSize]byte
	s.hash.sum(s.length).add(s.mask).store(tag[:])
	return tag
}

// firstChunk is enough for most letters; longer ones go on in whole chunks.
const firstChunk = 8 << 10

// decryptGCM copies plaintext to dst and compares the tag at the end.
func decryptGCM(dst io.Writer, src io.Reader, key, iv []byte) (int64, error) {
	s, err := newGCMStream(key, iv)
	if err != nil {
		return 0, ErrDecrypt
	}
	buffer := make([]byte, firstChunk+tagSize)
	held := 0 // octets at the front of buffer that may be the tag
	var written int64
	for {
		n, err := io.ReadFull(src, buffer[held:])
		have := held + n
		if have > tagSize {
			text := buffer[:have-tagSize]
			if s.length+uint64(len(text)) > maxGCM {
				return written, ErrDecrypt
			}
			s.absorb(text)
			s.ctr.XORKeyStream(text, text)
			w, werr := dst.Write(text)
			written += int64(w)
			if werr != nil {
				return written, werr
			}
			copy(buffer, buffer[have-tagSize:have])
			held = tagSize
		} else {
			held = have
		}
		switch err {
		case nil:
			if len(buffer) < chunkSize {
				buffer = append(make([]byte, 0, chunkSize+tagSize), buffer...)[:chunkSize+tagSize]
			}
			continue
		case io.EOF, io.ErrUnexpectedEOF:
		default:
			return written, err
		}
		tag := s.tag()
		if held != tagSize || subtle.ConstantTimeCompare(tag[:], buffer[:tagSize]) != 1 {
			return written, ErrDecrypt
		}
		return written, nil
	}
}

// gcmWriter encrypts what is written into it; Close adds the tag.
type gcmWriter struct {
	dst    io.Writer
	stream *gcmStream
	buffer []byte
}

func (w *gcmWriter) Write(octets []byte) (int, error) {
	total := 0
	for len(octets) > 0 {
		n := min(len(octets), chunkSize)
		if n > len(w.buffer) {
			w.buffer = make([]byte, n)
		}
		if w.stream.length+uint64(n) > maxGCM {
			return total, ErrTooLong
		}
		text := w.buffer[:n]
		w.stream.ctr.XORKeyStream(text, octets[:n])
		w.stream.absorb(text)
		if _, err := w.dst.Write(text); err != nil {
			return total, err
		}
		total += n
		octets = octets[n:]
	}
	return total, nil
}

func (w *gcmWriter) Close() error {
	tag := w.stream.tag()
	_, err := w.dst.Write(tag[:])
	return err
}
