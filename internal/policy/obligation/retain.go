package obligation

// Retain limits how long conversations are kept.
type Retain struct {
	// TranscriptMinDays and TranscriptMaxDays are the shortest and the longest time in days for which transcripts must or may be kept.
	TranscriptMinDays Shown[int] `dimension:"retention.transcriptMin"`
	TranscriptMaxDays Shown[int] `dimension:"retention.transcriptMax"`
	// RecordingMaxDays is the longest time in days for which voice recordings may be kept.
	RecordingMaxDays Shown[int] `dimension:"retention.recordingMax"`
	// DeleteAtEnd requires that conversations are erased or anonymized when their purpose has ended.
	DeleteAtEnd Shown[bool] `dimension:"retention.deleteAtEnd"`
}
