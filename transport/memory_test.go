package transport

import (
	"io"
	"runtime"
	"testing"
)

// TestLargeBodiesDoNotLiveInMemory posts 64 MiB through client, server, spool
// and back, and counts everything that was ever allocated.
func TestLargeBodiesDoNotLiveInMemory(t *testing.T) {
	const size = 64 << 20
	d := open(t, ServerOptions{})
	client := newClient(t, ClientOptions{})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	file, err := client.Post(t.Context(), "http://"+d.osci, &slow{size: size})
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	runtime.ReadMemStats(&after)
	if allocated := after.TotalAlloc - before.TotalAlloc; file.Size() != size || allocated > 8<<20 {
		t.Errorf("%d octets came back, %d allocated", file.Size(), allocated)
	}
}

func BenchmarkEcho(b *testing.B) {
	for name, size := range map[string]int64{"16KiB": 16 << 10, "1MiB": 1 << 20, "64MiB": 64 << 20} {
		b.Run(name, func(b *testing.B) {
			d := open(b, ServerOptions{})
			client := newClient(b, ClientOptions{})
			b.SetBytes(2 * size) // there and back
			b.ReportAllocs()
			for b.Loop() {
				file, err := client.Post(b.Context(), "http://"+d.osci, &slow{size: size})
				if err != nil {
					b.Fatal(err)
				}
				file.Close()
			}
		})
	}
}

func BenchmarkSpool(b *testing.B) {
	s := newSpool(b, SpoolOptions{})
	part := make([]byte, 32<<10)
	b.SetBytes(1 << 20)
	for b.Loop() {
		f, _ := s.New()
		for range 32 {
			mustWrite(b, f, part)
		}
		io.Copy(io.Discard, all(f))
		f.Close()
	}
}
