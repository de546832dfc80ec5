use super::hybrid::{bit_width, encode};

fn encoded(numbers: &[u32], width: u32) -> Vec<u8> {
    let mut out = Vec::new();
    encode(numbers, width, &mut out);
    out
}

#[test]
fn numbers_are_packed_as_the_format_shows() {
    // The example of the format's description of bit packing, after the header of one group.
    assert_eq!(encoded(&[0, 1, 2, 3, 4, 5, 6, 7], 3), [3, 0b1000_1000, 0b1100_0110, 0b1111_1010]);
    assert_eq!(encoded(&[1, 2], 2), [3, 0b1001, 0]);
}

#[test]
fn equal_numbers_are_a_run_of_any_length() {
    assert_eq!(encoded(&[5; 8], 3), [16, 5]);
    assert_eq!(encoded(&[5; 100], 3), [200, 1, 5]);
    assert_eq!(encoded(&[300; 9], 9), [18, 44, 1]);
    assert_eq!(encoded(&[1; 3], 1), [6, 1]);
    assert_eq!(encoded(&[0; 9], 0), [18]);
    assert!(encoded(&[], 4).is_empty());
}

#[test]
fn a_run_begins_at_a_whole_group_and_a_header_counts_at_most_63_groups() {
    let mixed: Vec<u32> = [0, 1].into_iter().chain([1; 20]).collect();
    assert_eq!(encoded(&mixed, 1), [3, 0b1111_1110, 28, 1]);
    let alternating: Vec<u32> = (0..8 * 64).map(|number| number % 2).collect();
    let found = encoded(&alternating, 1);
    assert_eq!((found[0], found[64], found.len()), (127, 3, 66));
}

#[test]
fn wide_numbers_are_packed_without_gaps() {
    for width in [8, 9, 16, 17, 24, 31, 32] {
        let top = u32::MAX >> (32 - width);
        let numbers = [0, top, 1, top - 1, 2, top, 3, top];
        let found = encoded(&numbers, width);
        assert_eq!(found.len(), 1 + width as usize);
        let bit = |at: usize| u32::from(found[1 + at / 8] >> (at % 8) & 1);
        for (index, &number) in numbers.iter().enumerate() {
            let start = index * width as usize;
            let read = (0..width as usize).fold(0, |read, place| read | bit(start + place) << place);
            assert_eq!(read, number, "{width} bits");
        }
    }
}

#[test]
fn width_is_that_of_the_largest_number() {
    assert_eq!([0, 1, 2, 3, 4, 255, 256].map(bit_width), [0, 1, 2, 2, 3, 8, 9]);
}
