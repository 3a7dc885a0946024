"""The record of who did and saw what. Everybody may write to it; nobody changes it."""
