package dialect

// PartPieces are the pieces of parts of messages in an event. It can be used for one event after another.
type PartPieces struct {
	List []PartPiece
	// Text has the texts of the pieces one after another.
	Text []byte
}

// PartPiece is a piece of a part of a message, or the whole of it. It can be empty.
type PartPiece struct {
	// Unit and Series are those of the segment.
	Unit, Series int
	// Start and End say where the text is in PartPieces.Text.
	Start, End int
	// IsWhole means that the segment is Restated.
	IsWhole bool
}

// Reset prepares for the next event.
func (p *PartPieces) Reset() { p.List, p.Text = p.List[:0], p.Text[:0] }

// TextOf returns the text of one of the pieces.
func (p *PartPieces) TextOf(piece *PartPiece) []byte { return p.Text[piece.Start:piece.End] }
