//! Text to tokens, without loss: joined again they are the text.
