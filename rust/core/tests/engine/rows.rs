//! Synthetic classification exports with realistic density: about 1 to 7 kB per row and a quote every 5.5 to 27 bytes.

use std::fmt::Write;

/// The header of a classification export.
pub const HEADER: &str = "classification_id,user_name,user_id,user_ip,workflow_id,workflow_name,workflow_version,\
                          created_at,gold_standard,expert,metadata,annotations,subject_data,subject_ids";

/// The kind of annotations, which decides the size of the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Many short keys and words.
    Survey,
    /// Marks with coordinates.
    Drawing,
    /// Freehand lines: long lists of numbers.
    Paths,
}

impl Shape {
    /// All variants.
    pub const ALL: [Self; 3] = [Self::Survey, Self::Drawing, Self::Paths];
}

/// A small seeded pseudorandom generator.
struct Rng(u64);

impl Rng {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    /// A coordinate with up to 16 digits.
    fn coordinate(&mut self) -> String {
        format!("{}.{}", self.below(1200), self.next() / 10_000)
    }
}

/// Returns a header and at least `bytes` bytes of rows, of one shape or of random ones.
pub fn export(seed: u64, shape: Option<Shape>, bytes: usize) -> Vec<u8> {
    let mut rng = Rng(seed);
    let mut csv = format!("{HEADER}\n");
    let mut id = 500_000_000 + seed % 1000;
    while csv.len() < bytes {
        id += 1 + rng.below(3);
        let shape = shape.unwrap_or(Shape::ALL[usize::try_from(rng.below(3)).unwrap_or(0)]);
        row(&mut csv, &mut rng, id, shape);
    }
    csv.into_bytes()
}

fn row(csv: &mut String, rng: &mut Rng, id: u64, shape: Shape) {
    // Several volunteers classify the same subject, so its data repeat.
    let subject = 70_000_000 + (id / 12 + rng.below(40)) % 4000;
    let time = format!("2024-{:02}-{:02} {:02}:{:02}:{:02}", 1 + id % 12, 1 + id % 28, id % 24, id % 60, rng.below(60));
    let user = rng.below(900);
    let _ = if user < 300 {
        write!(csv, "{id},not-logged-in-{:020x},,{:020x},", rng.next(), rng.next())
    } else {
        write!(csv, "{id},volunteer_{user},{},{:020x},", 1_500_000 + user, user * 7_919)
    };
    let _ =
        write!(csv, "{},{:?} of the archive,{}.{},{time} UTC,,,", 10_000 + shape as u64, shape, 10 + id % 3, id % 120);
    cell(csv, &metadata(rng, &time.replace(' ', "T")));
    let annotations = match shape {
        Shape::Survey => survey(rng),
        Shape::Drawing => drawing(rng),
        Shape::Paths => paths(rng),
    };
    cell(csv, &annotations);
    cell(csv, &subject_data(subject));
    let _ = writeln!(csv, "{subject}");
}

/// Appends a quoted field and a comma.
fn cell(csv: &mut String, text: &str) {
    let _ = write!(csv, "\"{}\",", text.replace('"', "\"\""));
}

fn metadata(rng: &mut Rng, time: &str) -> String {
    let (width, height) = (1024 + rng.below(900), 600 + rng.below(500));
    format!(
        "{{\"source\":\"api\",\"session\":\"{:032x}{:032x}\",\"viewport\":{{\"width\":{width},\"height\":{height}}},\
         \"started_at\":\"{time}.{:03}Z\",\"user_agent\":\"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 \
         (KHTML, like Gecko) Chrome/{}.0.0.0 Safari/537.36\",\"utc_offset\":\"{}\",\"finished_at\":\"{time}.{:03}Z\",\
         \"live_project\":true,\"interventions\":{{\"opt_in\":true,\"messageShown\":false}},\"user_language\":\"en\",\
         \"user_group_ids\":[],\"subject_dimensions\":[{{\"clientWidth\":{},\"clientHeight\":500,\"naturalWidth\":1600,\
         \"naturalHeight\":1200}}],\"subject_selection_state\":{{\"retired\":false,\"selected_at\":\"{time}.120Z\",\
         \"already_seen\":false,\"selection_state\":\"normal\",\"finished_workflow\":false,\
         \"user_has_finished_workflow\":false}},\"workflow_translation_id\":\"36018\"}}",
        rng.next(),
        rng.next(),
        rng.below(1000),
        110 + rng.below(20),
        3600 * rng.below(12),
        rng.below(1000),
        rng.coordinate(),
    )
}

fn survey(rng: &mut Rng) -> String {
    let identifications: Vec<String> = (0..=rng.below(4))
        .map(|_| {
            format!(
                "{{\"choice\":\"ANIMAL{}\",\"answers\":{{\"HOWMANY\":\"{}\",\"WHATBEHAVIORS\":[\"MOVING\",\"EATING\"],\
                 \"ARETHEREYOUNG\":\"NO\"}},\"filters\":{{}}}}",
                rng.below(50),
                rng.below(10)
            )
        })
        .collect();
    format!("[{{\"task\":\"T0\",\"value\":[{}]}},{{\"task\":\"T1\",\"value\":null}}]", identifications.join(","))
}

fn drawing(rng: &mut Rng) -> String {
    let marks: Vec<String> = (0..2 + rng.below(12))
        .map(|_| {
            format!(
                "{{\"x\":{},\"y\":{},\"tool\":{},\"frame\":0,\"width\":{},\"height\":{},\"details\":[{{\"value\":{}}}],\
                 \"tool_label\":\"A boat\"}}",
                rng.coordinate(),
                rng.coordinate(),
                rng.below(4),
                rng.coordinate(),
                rng.coordinate(),
                rng.below(3)
            )
        })
        .collect();
    format!(
        "[{{\"task\":\"T0\",\"task_label\":\"Draw a box around each boat that you can see – \\u00abtight\\u00bb.\",\
         \"value\":[{}]}},{{\"task\":\"T5\",\"task_label\":\"Anything else?\",\"value\":\"No \\\"real\\\" boats\"}}]",
        marks.join(",")
    )
}

fn paths(rng: &mut Rng) -> String {
    let mut path = |length: u64| (0..length).map(|_| rng.coordinate()).collect::<Vec<_>>().join(",");
    let marks: Vec<String> = (0..2)
        .map(|_| {
            format!(
                "{{\"pathX\":[{}],\"pathY\":[{}],\"toolIndex\":0,\"toolType\":\"freehandLine\"}}",
                path(60),
                path(60)
            )
        })
        .collect();
    format!("[{{\"task\":\"T0\",\"taskType\":\"drawing\",\"value\":[{}]}}]", marks.join(","))
}

fn subject_data(subject: u64) -> String {
    format!(
        "{{\"{subject}\":{{\"retired\":null,\"Filename\":\"site_{:04}_{subject}.jpg\",\"#survey\":\"autumn\",\
         \"!credit\":\"Made up, {}\",\"latitude\":\"{}.{subject}\"}}}}",
        subject % 977,
        subject % 13,
        subject % 89
    )
}
