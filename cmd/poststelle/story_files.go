package main

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"os"
	"path/filepath"
)

// storyFiles makes the letter's two attachments: a page and a plan, both such
// as any viewer shows.
func storyFiles(folder string, rand io.Reader) ([]string, error) {
	plan, err := storyPlan(rand)
	if err != nil {
		return nil, err
	}
	paths := []string{filepath.Join(folder, "Bauantrag.pdf"), filepath.Join(folder, "Lageplan Südseite.png")}
	for i, octets := range [][]byte{storyPage("Bauantrag", "Errichtung eines Fahrradschuppens", "Hauptstrasse 1"), plan} {
		if err := os.WriteFile(paths[i], octets, 0o600); err != nil {
			return nil, err
		}
	}
	return paths, nil
}

// storyPage is a PDF of one page.
func storyPage(lines ...string) []byte {
	var text bytes.Buffer
	text.WriteString("BT /F1 24 Tf 72 740 Td 36 TL\n")
	for _, line := range lines {
		fmt.Fprintf(&text, "(%s) Tj T*\n", line)
	}
	text.WriteString("ET")
	objects := []string{
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", text.Len(), text.String()),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
	}
	var page bytes.Buffer
	page.WriteString("%PDF-1.4\n")
	var places []int
	for i, object := range objects {
		places = append(places, page.Len())
		fmt.Fprintf(&page, "%d 0 obj\n%s\nendobj\n", i+1, object)
	}
	start := page.Len()
	fmt.Fprintf(&page, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, place := range places {
		fmt.Fprintf(&page, "%010d 00000 n \n", place)
	}
	fmt.Fprintf(&page, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, start)
	return page.Bytes()
}

// storyPlan is a picture of a plot with a house and a shed; the grain of its
// meadow keeps it from being small.
func storyPlan(rand io.Reader) ([]byte, error) {
	plan := image.NewRGBA(image.Rect(0, 0, 1000, 700))
	grain := make([]byte, 1000*700)
	if _, err := io.ReadFull(rand, grain); err != nil {
		return nil, err
	}
	for i, g := range grain {
		plan.SetRGBA(i%1000, i/1000, color.RGBA{150 + g%16, 190 + g/16, 140 + g%32, 255})
	}
	fill := func(x0, y0, x1, y1 int, c color.RGBA) {
		draw.Draw(plan, image.Rect(x0, y0, x1, y1), image.NewUniform(c), image.Point{}, draw.Src)
	}
	fill(0, 600, 1000, 700, color.RGBA{120, 120, 125, 255}) // street
	fill(200, 180, 560, 460, color.RGBA{170, 80, 60, 255})  // house
	fill(700, 300, 820, 380, color.RGBA{90, 60, 40, 255})   // shed
	fill(340, 460, 420, 600, color.RGBA{205, 200, 190, 255})
	var octets bytes.Buffer
	err := png.Encode(&octets, plan)
	return octets.Bytes(), err
}
