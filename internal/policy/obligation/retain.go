package obligation

// Retain tells how long conversations may and must be kept. While the chatbot runs, this version of Chaperone only shows these values and
// deletes no conversation; rules compare what the declaration states with them.
type Retain struct {
	// TranscriptMinDays is the shortest time in days for which transcripts must be kept, and TranscriptMaxDays the longest for which they may
	// be kept.
	TranscriptMinDays Shown[int] `dimension:"retention.transcriptMin"`
	TranscriptMaxDays Shown[int] `dimension:"retention.transcriptMax"`
	// RecordingMaxDays is the longest time in days for which voice recordings may be kept.
	RecordingMaxDays Shown[int] `dimension:"retention.recordingMax"`
	// DeleteAtEnd requires that conversations are erased or anonymized when their purpose has ended.
	DeleteAtEnd Shown[bool] `dimension:"retention.deleteAtEnd"`
}
